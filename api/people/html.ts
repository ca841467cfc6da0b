import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { Language } from '../../domain/customer/language.ts'
import { escapeHtml } from '../../domain/message/escape.ts'
import { spokenTo } from './words.ts'

const style =
  'body{font:1.05rem/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}' +
  'h1{font-size:1.4rem}fieldset{border:1px solid #767676;border-radius:.4rem;margin:1rem 0;padding:.6rem 1rem}legend{font-weight:600;padding:0 .3rem}' +
  'label{display:block;padding:.3rem 0}.topics{margin-left:1.6rem}input{width:1.1rem;height:1.1rem;vertical-align:-.15rem;margin-right:.5rem}' +
  'button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#1f4ed8;color:#fff;cursor:pointer}' +
  'button:focus-visible,input:focus-visible,a:focus-visible{outline:3px solid #f5a623;outline-offset:2px}a{color:#1f4ed8}' +
  '.scores{display:flex;flex-wrap:wrap;gap:.5rem}.scores label{display:inline-flex;align-items:center;border:1px solid #767676;border-radius:.4rem;padding:.4rem .7rem}' +
  'textarea{width:100%;min-height:6rem;font:inherit;box-sizing:border-box;margin-bottom:1rem;padding:.4rem;color:inherit;background:inherit;border:1px solid #767676;border-radius:.4rem}' +
  'textarea:focus-visible{outline:3px solid #f5a623;outline-offset:2px}:root{color-scheme:light dark}' +
  '@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}a{color:#9db8ff}}'

// Nothing is loaded, nothing runs, nothing may frame the page; its one style is named by its hash.
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Answers with a small page of its own: no cookie, no script, kept by no cache, and telling nobody its address. */
export function sendPage(reply: FastifyReply, status: number, language: Language, title: string, body: string): FastifyReply {
  return reply
    .code(status)
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex',
      'content-language': language,
      // The same address reads differently to another browser, where a profile tells no language.
      vary: 'accept-language',
    })
    .serializer(String)
    .send(
      `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(title)}</title><style>${style}</style></head><body><main><h1>${escapeHtml(title)}</h1>${body}</main></body></html>`,
    )
}

/** For a link that was not made here, or whose message is gone. */
export function sendStranger(reply: FastifyReply): FastifyReply {
  const { language, words } = spokenTo(undefined, reply.request.headers['accept-language'])
  return sendPage(reply, 404, language, words.stranger, `<p>${escapeHtml(words.strangerLead)}</p>`)
}
