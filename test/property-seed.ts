import fc from 'fast-check'

/** One seed for everybody: a failure is the change's, not the dice's. PODPATH_SEED=random looks for new ones. */
const asked = process.env['PODPATH_SEED'] ?? '1'
if (asked !== 'random') fc.configureGlobal({ seed: Number(asked) })
