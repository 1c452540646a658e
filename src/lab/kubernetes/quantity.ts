const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** A resource.Quantity as a number: `1930m` is 1.93, `128Mi` 134217728. What is none is NaN. */
export function quantity(text: string): number {
  const exponent = /^[+-]?[\d.]+[eE][+-]?\d+$/.test(text)
  if (exponent) return Number(text)
  const [, number = '', suffix = ''] = /^([+-]?[\d.]+)([a-zA-Z]{0,2})$/.exec(text) ?? []
  const factor = Object.hasOwn(factors, suffix) ? factors[suffix] : undefined
  return number === '' || factor === undefined ? Number.NaN : Number(number) * factor
}
