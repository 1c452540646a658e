/** Marks and types of service as ip(8) and iptables print them: 32 bits without a sign. */
export const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`
