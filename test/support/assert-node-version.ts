/** The suite must run on the Node that the lockfile pins, whatever Node the machine has. */
export default function assertNodeVersion(): void {
  if (!process.version.startsWith('v24.')) {
    throw new Error(`The tests run on Node 24, this is ${process.version}: run them with "npm test" after "npm ci".`)
  }
}
