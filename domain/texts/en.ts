import { everywhere } from './en/everywhere.ts'
import { problems } from './en/problems.ts'

/** Every sentence the server says, in English. */
export const en = { everywhere, problems }
