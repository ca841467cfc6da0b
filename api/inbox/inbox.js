/*
 * The in-app inbox for any web page: a bell with a count, a list, a toast for what comes while the page is open.
 *   <script src="https://your-perennial.example/inbox.js"></script>
 *   <script>Perennial.inbox({ token: () => fetch('/inbox-token').then(answer => answer.text()) })</script>
 * Options: token (a text, or a function that fetches a fresh one from your server), mount (element or selector; else the bell
 * floats in a corner), url (where Perennial is; else where this script came from), toast (false: none), labels, onMessage.
 * Colours and place by CSS: --perennial-accent, --perennial-ink, --perennial-paper on the element <perennial-inbox>.
 * Keyboard: Enter opens, arrows walk, Delete dismisses, Escape closes.
 */
;(() => {
  const home = document.currentScript && new URL(document.currentScript.src).origin
  const words = { inbox: 'Messages', unread: 'unread', empty: 'No messages', close: 'Close', dismiss: 'Dismiss', open: 'Open' }
  const css = `
:host{--a:var(--perennial-accent,#2457d6);--i:var(--perennial-ink,#1b1f27);--p:var(--perennial-paper,#fff);position:relative;display:inline-block;font:15px/1.45 system-ui,sans-serif;color:var(--i);text-align:start}
:host(.float){position:fixed;inset:auto 20px 20px auto;z-index:2147483000}
*{box-sizing:border-box}
button,a{font:inherit;cursor:pointer;border:0;background:none;color:inherit;border-radius:8px}
:focus-visible{outline:2px solid var(--a);outline-offset:2px}
.bell{width:44px;height:44px;border-radius:50%;background:var(--p);display:grid;place-items:center;position:relative}
.float .bell,.panel,.toast{box-shadow:0 6px 28px #0003}
.bell svg{width:22px;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round}
.count{position:absolute;inset:-2px -2px auto auto;min-width:20px;padding:0 5px;border-radius:10px;background:var(--a);color:#fff;font-size:12px;line-height:20px;text-align:center}
.count:empty,[hidden]{display:none!important}
.panel,.toast{position:absolute;inset:calc(100% + 8px) 0 auto auto;width:340px;max-width:calc(100vw - 24px);background:var(--p);border-radius:14px;overflow:hidden}
.float .panel,.float .toast{inset:auto 0 calc(100% + 8px) auto}
header{display:flex;justify-content:space-between;align-items:center;padding:10px 10px 10px 16px;font-weight:600;border-bottom:1px solid #8883}
ul{list-style:none;margin:0;padding:6px;max-height:min(440px,60vh);overflow:auto}
li,.toast{padding:10px;border-radius:10px;display:flex;gap:8px;align-items:start}
li:focus,li:hover{background:#8881}
li.new b::before{content:"";display:inline-block;width:8px;height:8px;border-radius:50%;background:var(--a);margin-inline-end:6px}
li>div,.t{flex:1;min-width:0;overflow-wrap:anywhere;text-align:start}
b,p{display:block;margin:0}p{white-space:pre-wrap}
.go{display:inline-block;margin-top:6px;color:var(--a);text-decoration:underline}
.x{width:32px;height:32px;opacity:.65}.x:hover{opacity:1}
.none{padding:28px;text-align:center;opacity:.7}
@media(prefers-reduced-motion:no-preference){.toast{animation:in .2s}@keyframes in{from{opacity:0;transform:translateY(6px)}}}`

  /** An element with attributes, properties beginning with "on" as listeners, and children. */
  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag)
    for (const [name, value] of Object.entries(attributes || {}))
      if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
      else if (value !== false) element.setAttribute(name, value)
    element.append(...children.filter(child => child !== null))
    return element
  }
  const bellShape = () => {
    const ns = 'http://www.w3.org/2000/svg'
    const svg = document.createElementNS(ns, 'svg')
    svg.setAttribute('viewBox', '0 0 24 24')
    svg.setAttribute('aria-hidden', 'true')
    const path = document.createElementNS(ns, 'path')
    path.setAttribute('d', 'M6 16v-5a6 6 0 0 1 12 0v5l2 2H4zM10 21h4')
    svg.append(path)
    return svg
  }
  /** Only addresses that lead somewhere, never ones that run. */
  const safe = address => {
    try {
      const url = new URL(address, location.href)
      return /^(https?|mailto|tel):$/.test(url.protocol) ? url.href : null
    } catch {
      return null
    }
  }
  const rest = ms => new Promise(resolve => setTimeout(resolve, ms))

  function inbox(options) {
    const label = { ...words, ...options.labels }
    const base = (options.url || home || location.origin).replace(/\/$/, '')
    const held = new Map()
    let token
    let last
    let unseen = 0
    let closed = false
    const leaving = new AbortController()

    const ask = async (path, more = {}, again = true) => {
      token ||= typeof options.token === 'function' ? await options.token() : options.token
      if (token?.token) token = token.token
      const answer = await fetch(`${base}/v1/inbox/${path}`, {
        ...more,
        headers: { ...more.headers, authorization: `Bearer ${String(token).trim()}` },
        signal: leaving.signal,
      })
      if (answer.status === 401 && again && typeof options.token === 'function') {
        token = undefined
        return ask(path, more, false)
      }
      if (!answer.ok) throw Object.assign(new Error(`inbox: ${answer.status}`), { status: answer.status })
      return answer
    }
    const tell = (message, deed) => ask(`messages/${message.id}/${deed}`, { method: 'POST', keepalive: true }).catch(() => {})

    // ── what is seen ──
    const mount = typeof options.mount === 'string' ? document.querySelector(options.mount) : options.mount
    const host = make('perennial-inbox', { class: mount ? '' : 'float' })
    const root = host.attachShadow({ mode: 'open' })
    try {
      const sheet = new CSSStyleSheet()
      sheet.replaceSync(css)
      root.adoptedStyleSheets = [sheet]
    } catch {
      root.append(make('style', {}, css))
    }
    const count = make('span', { class: 'count', 'aria-hidden': 'true' })
    const bell = make(
      'button',
      { class: 'bell', type: 'button', 'aria-haspopup': 'dialog', onclick: () => toggle() },
      bellShape(),
      count,
    )
    const list = make('ul', { 'aria-label': label.inbox })
    const shut = make('button', { class: 'x', type: 'button', 'aria-label': label.close, onclick: () => toggle(false) }, '✕')
    const panel = make(
      'div',
      { class: 'panel', role: 'dialog', 'aria-label': label.inbox, hidden: '' },
      make('header', {}, label.inbox, shut),
      list,
    )
    const live = make('div', { role: 'status' })
    root.append(make('div', { class: mount ? '' : 'float' }, bell, panel, live))
    ;(mount || document.body).append(host)

    const item = message => {
      const go = () => {
        void tell(message, 'clicked')
        message.seenAt ||= message.clickedAt = new Date().toISOString()
        show()
      }
      const address = message.action && safe(message.action)
      const drop = () => {
        const next = root.activeElement && (root.activeElement.closest('li')?.nextSibling || shut)
        held.delete(message.id)
        if (!message.seenAt) unseen--
        void tell(message, 'dismissed')
        show(next ? next.dataset?.id || ' ' : undefined)
      }
      return make(
        'li',
        {
          tabindex: '0',
          'data-id': message.id,
          class: message.seenAt ? '' : 'new',
          onkeydown: event => {
            const to = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[event.key]
            if (to) {
              event.currentTarget[to]?.focus()
              event.preventDefault()
            } else if (event.key === 'Delete') drop()
            else if (event.key === 'Enter' && event.target === event.currentTarget)
              event.currentTarget.querySelector('a')?.click()
          },
        },
        make(
          'div',
          { dir: 'auto' },
          make('b', { dir: 'auto' }, message.title),
          make('p', { dir: 'auto' }, message.body),
          address ? make('a', { class: 'go', href: address, onclick: go }, message.actionLabel || label.open) : null,
        ),
        make('button', { class: 'x', type: 'button', 'aria-label': `${label.dismiss}: ${message.title}`, onclick: drop }, '✕'),
      )
    }
    const ring = () => {
      count.textContent = unseen > 0 ? (unseen > 99 ? '99+' : unseen) : ''
      bell.setAttribute('aria-label', unseen > 0 ? `${label.inbox} (${unseen} ${label.unread})` : label.inbox)
      bell.setAttribute('aria-expanded', String(!panel.hidden))
    }
    const show = (focus = root.activeElement?.closest('li')?.dataset.id) => {
      ring()
      const all = [...held.values()].sort((a, b) => (a.at < b.at ? 1 : -1))
      list.replaceChildren(...(all.length > 0 ? all.map(item) : [make('li', { class: 'none' }, label.empty)]))
      if (focus) ([...list.children].find(each => each.dataset.id === focus) || shut).focus()
    }
    const toggle = (open = panel.hidden) => {
      panel.hidden = !open
      live.replaceChildren()
      show()
      if (!open) return bell.focus()
      ;(list.querySelector('[data-id]') || shut).focus()
      for (const message of held.values())
        if (!message.seenAt) {
          message.seenAt = new Date().toISOString()
          void tell(message, 'seen')
        }
      unseen = 0
      ring()
    }
    root.addEventListener('keydown', event => {
      if (event.key === 'Escape' && !panel.hidden) toggle(false)
    })
    const outside = event => {
      if (!panel.hidden && !event.composedPath().includes(host)) {
        panel.hidden = true
        show()
      }
    }
    document.addEventListener('click', outside)

    const toast = message => {
      const note = make(
        'div',
        { class: 'toast' },
        make(
          'button',
          { class: 't', type: 'button', dir: 'auto', onclick: () => toggle(true) },
          make('b', {}, message.title),
          message.body,
        ),
        make('button', { class: 'x', type: 'button', 'aria-label': label.close, onclick: () => note.remove() }, '✕'),
      )
      live.replaceChildren(note)
      setTimeout(() => note.remove(), 8000)
    }

    // ── what comes ──
    const load = async () => {
      const answer = await (await ask('messages?limit=50')).json()
      held.clear()
      for (const message of answer.data) held.set(message.id, message)
      unseen = answer.unseen
      last ||= answer.data[0]?.id
      show()
    }
    const arrive = message => {
      last = message.id
      if (held.has(message.id)) return
      held.set(message.id, message)
      if (panel.hidden) {
        if (!message.seenAt) unseen++
        if (options.toast !== false) toast(message)
      } else if (!message.seenAt) void tell(message, 'seen')
      show()
      options.onMessage?.(message)
    }
    const listen = async () => {
      const answer = await ask('stream', { headers: last ? { 'last-event-id': last } : {} })
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
      let text = ''
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        text += value
        const events = text.split('\n\n')
        text = events.pop()
        for (const event of events) {
          const data = /^data: (.*)$/m.exec(event)
          if (/^event: reload$/m.test(event)) await load()
          else if (data) arrive(JSON.parse(data[1]))
        }
      }
    }
    const stay = async () => {
      let wait = 1000
      let loaded = false
      while (!closed) {
        try {
          if (!loaded) await load()
          loaded = true
          const since = Date.now()
          await listen()
          if (Date.now() - since > 5000) wait = 1000
        } catch (error) {
          if (closed || error.status === 401 || error.status === 403) return
        }
        await rest(wait * (0.5 + Math.random()))
        wait = Math.min(wait * 2, 30000)
      }
    }
    show()
    void stay()
    return {
      open: () => toggle(true),
      refresh: load,
      close: () => {
        closed = true
        leaving.abort()
        document.removeEventListener('click', outside)
        host.remove()
      },
    }
  }
  window.Perennial = { ...window.Perennial, inbox }
})()
