/** The part of it that needs no Redis, which has no types of its own. */
declare module 'bottleneck/light.js' {
  import Bottleneck from 'bottleneck'
  export default Bottleneck
}
