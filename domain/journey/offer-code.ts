import { createHmac } from 'node:crypto'

// Without I, L, O, U: nobody shall read a letter for a digit over the telephone.
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The code of one grant: eight signs that nobody can guess and anybody can type, the same each time. */
export function offerCode(secretKey: string, grant: number): string {
  const mac = createHmac('sha256', secretKey).update('code of an offer').update(String(grant)).digest()
  const signs = Array.from({ length: 8 }, (_, i) => alphabet[(mac[i] ?? 0) % 32])
  return `${signs.slice(0, 4).join('')}-${signs.slice(4).join('')}`
}

/** The same code however it was typed. */
export const sameCode = (typed: string, code: string): boolean =>
  typed.toUpperCase().replaceAll(/[^0-9A-Z]/g, '') === code.replace('-', '')
