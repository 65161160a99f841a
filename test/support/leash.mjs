// Loaded into every process that the tests start, and into those that these start: none outlives the tests. A worker of the
// tests may be killed before it could end its children, so they look for themselves.
const owner = Number(process.env['TEST_OWNER'])
setInterval(() => {
  try {
    process.kill(owner, 0)
  } catch {
    process.kill(process.pid, 'SIGKILL')
  }
}, 500).unref()
