const dash = '-'.charCodeAt(0)

const digit = (code: number): number => (code & 0xf) + (code > 57 ? 9 : 0)

/** Writes the sixteen bytes of a UUID, given in hex with or without dashes. */
export function writeUuid(bytes: Uint8Array, id: string, at: number): void {
  let to = at
  for (let i = 0; i < id.length; i++) {
    // Two digits make a byte; dashes stand between bytes.
    if (id.charCodeAt(i) !== dash) bytes[to++] = (digit(id.charCodeAt(i)) << 4) | digit(id.charCodeAt(++i))
  }
}
