/** What the programs beside this were started with: the built bundle, the system as JSON, and the arguments of the command. */
export const [dist = '', system = 'null', ...args] = process.argv.slice(2)
