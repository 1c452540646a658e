/** `9a:a3:da:ae:ed:af`, as `ip link` prints it. */
export function readMac(view: DataView, offset: number): string {
  let text = ''
  for (let i = 0; i < 6; i++)
    text +=
      (i === 0 ? '' : ':') +
      view
        .getUint8(offset + i)
        .toString(16)
        .padStart(2, '0')
  return text
}

/** Writes six octets; throws when the text is not a MAC address: it is our own literal, never input. */
export function writeMac(view: DataView, offset: number, mac: string): void {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac))
    throw new Error(`not a MAC address: ${JSON.stringify(mac)}`)
  mac.split(':').forEach((octet, i) => {
    view.setUint8(offset + i, Number.parseInt(octet, 16))
  })
}
