import twilio from 'twilio'
import { createWire, type Reply } from '../wire.ts'

/** One Twilio account, asked over the wire. */
export interface TwilioAccount {
  accountSid: string
  authToken: string
  /** `https://api.twilio.com` unless set. */
  baseUrl?: string
}

/**
 * Twilio's own client with our connections, asked for plain answers: its resources would hide the headers of a refusal.
 * Both calls are of the account's Messages.
 */
export function connectTwilio(
  { accountSid, authToken, baseUrl = 'https://api.twilio.com' }: TwilioAccount,
  atOnce: number,
  timeoutMs: number,
) {
  const wire = createWire({ maxSockets: atOnce })
  const httpClient = new twilio.RequestClient({ timeout: timeoutMs })
  httpClient.axios.defaults.httpAgent = wire.httpAgent
  httpClient.axios.defaults.httpsAgent = wire.httpsAgent
  const client = twilio(accountSid, authToken, { httpClient })
  const uri = `${baseUrl}/2010-04-01/Accounts/${accountSid}/Messages.json`
  const ask = async (request: { method: 'get' | 'post'; params?: object; data?: object }, at = uri): Promise<Reply> => {
    try {
      const { statusCode, headers, body } = await client.request({ ...request, uri: at, timeout: timeoutMs })
      return { answered: true, status: statusCode, headers, body }
    } catch (error) {
      return wire.failure(error)
    }
  }
  return {
    create: (data: Record<string, string>) => ask({ method: 'post', data }),
    read: (sid: string) => ask({ method: 'get' }, uri.replace(/\.json$/, `/${encodeURIComponent(sid)}.json`)),
    list: (params: Record<string, string>) => ask({ method: 'get', params }),
    close: () => wire.close(),
  }
}
