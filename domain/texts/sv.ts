import { everywhere } from './sv/everywhere.ts'
import { problems } from './sv/problems.ts'
import type { Texts } from './texts.ts'

/** Every sentence the server says, in Swedish. */
export const sv: Texts = { everywhere, problems }
