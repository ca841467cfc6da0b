import { PerennialError } from '../../domain/errors.ts'

/** The fields of a form as browsers and mailbox providers send it: urlencoded or multipart; files and other types are none. */
export async function readFields(body: unknown, contentType: string | undefined): Promise<URLSearchParams> {
  const fields = new URLSearchParams()
  if (!Buffer.isBuffer(body) || body.length === 0) return fields
  const type = (contentType ?? '').toLowerCase()
  if (type.startsWith('multipart/form-data')) {
    try {
      const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType ?? '' } }).formData()
      for (const [name, value] of form) if (typeof value === 'string') fields.append(name, value)
    } catch (error) {
      throw new PerennialError('malformed', t => t.refusals.badForm, { cause: error })
    }
    return fields
  }
  return type.startsWith('application/x-www-form-urlencoded') ? new URLSearchParams(body.toString('utf8')) : fields
}
