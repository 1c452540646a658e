import { config } from 'zod/mini'

/**
 * Imported before every schema. The page's policy forbids `eval`, which zod would try once: the browser then reads the
 * whole script again to report where that was, a fifth of a second before the page stands.
 */
config({ jitless: true })
