/** Whether a transaction ended because a row that it trusted to be the first of its kind was not: the error of this unique index. */
export function violates(error: unknown, index: string): boolean {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown }
  return code === '23505' && constraint === index
}
