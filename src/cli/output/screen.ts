/** How what is shown on a terminal is taken away again (ECMA-48: CUU, EL). */
export const screen = {
  /** The line on which the cursor stands. */
  clearLine: '\r\u001b[K',
  /** So many lines above the cursor, which then stands where the first of them began. */
  clearAbove: (lines: number): string =>
    // Line by line: of a whole screen that is cleared at once some terminals keep a copy above.
    lines === 0 ? '' : `\u001b[${lines}A${'\u001b[K\n'.repeat(lines)}\u001b[${lines}A`,
} as const

/** Every movement of `screen`, and nothing else. */
export const ownMovements = /\r\u001b\[K|\u001b\[K\n|\u001b\[\d{1,3}A/g
