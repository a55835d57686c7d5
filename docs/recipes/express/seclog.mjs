// Logs of an Express application with pino from which Sasumata sees attacks.
// pino 9.10 or newer, Express 5 (or 4).
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import pino from 'pino'

const context = new AsyncLocalStorage()

// Names whose values nobody may read, and secrets inside of texts.
const name = /pass(word|wd|phrase|code)|^pwd?$|secret|credential|token|authorization|cookie|api[-_ ]?key|private[-_ ]?key|session[-_ ]?id|^(otp|pin|sid|jwt|cvv|cvc)$|card[-_ ]?number/i
const texts = [
  [/((?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key|authorization|cookie|session[-_]?id)["'\]]*(?:\s*[=:]\s*|%3[da])["']?)((?:bearer|basic)\s+)?[^\s&"',;)}\]]+/gi, '$1[REDACTED:secret]'],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, '$1 [REDACTED:token]'],
  [/(:\/\/[^/\s:@]*:)[^/\s@]+@/g, '$1[REDACTED:password]@'],
  [/\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]*/g, '[REDACTED:jwt]'],
]

function scrub (value, key = '', depth = 0) {
  if (key && name.test(key) && value !== null && typeof value !== 'boolean') return '[REDACTED:secret]'
  if (typeof value === 'string') return texts.reduce((text, [find, put]) => text.replace(find, put), value).slice(0, 8192)
  if (value === null || typeof value !== 'object') return value
  if (depth > 16) return '[cut: too deep]'
  if (Array.isArray(value)) return value.map(v => scrub(v, '', depth + 1))
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, scrub(v, k, depth + 1)]))
}

// merge puts the request's attributes below those of the line, group by group.
function merge (line, request) {
  for (const [key, value] of Object.entries(request)) {
    if (line[key] && typeof line[key] === 'object' && typeof value === 'object') line[key] = merge({ ...line[key] }, value)
    else if (!(key in line)) line[key] = value
  }
  return line
}

export function newLogger (service, stream) {
  return pino({
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime, // UTC
    formatters: { level: label => ({ level: label }) },
    mixin: () => context.getStore() ?? {},
    mixinMergeStrategy: (line, request) => merge({ ...line }, request),
    // The finished line: whatever a value was before, here it is JSON.
    hooks: { streamWrite: line => JSON.stringify(scrub(JSON.parse(line))) + '\n' },
  }, stream)
}

// requests logs each request. It comes first, and needs app.set('trust proxy', [..]) with
// the networks of your proxies: never true, which believes everybody.
export function requests (logger) {
  return (req, res, next) => {
    const start = process.hrtime.bigint()
    const given = req.get('x-request-id') ?? ''
    const believed = req.app.get('trust proxy fn')(req.socket.remoteAddress, 0)
    const id = believed && /^[\w.:=+/@-]{1,128}$/.test(given) ? given : randomUUID()
    res.set('X-Request-Id', id)
    const request = {
      network: { client: { ip: req.ip?.replace(/^::ffff:/, '') } },
      http: { request_id: id, useragent: req.get('user-agent')?.slice(0, 8192) },
    }
    res.on('close', () => {
      const failed = res.statusCode >= 400 || !res.writableFinished
      const level = res.statusCode >= 500 ? 'error' : failed ? 'warn' : 'info'
      context.run(request, () => logger[level]({
        evt: { category: 'web', name: 'request', outcome: failed ? 'failure' : 'success', ...(!res.writableFinished && { reason: 'aborted' }) },
        ...(req.user && { usr: { id: String(req.user.id) } }),
        network: { bytes_written: Number(res.get('content-length') ?? 0) },
        http: {
          method: req.method,
          url: req.originalUrl.slice(0, 8192),
          status_code: res.statusCode,
          version: req.httpVersion,
          referer: req.get('referer')?.slice(0, 8192),
        },
        duration: Number(process.hrtime.bigint() - start),
      }, 'request'))
    })
    context.run(request, next)
  }
}

const event = (category, name, outcome, usr, rest) => ({ evt: { category, name, outcome, ...rest }, usr })

export const loginSucceeded = (logger, usr) => logger.info(event('authentication', 'authentication', 'success', usr), 'login succeeded')
export const loginFailed = (logger, usr, reason) => logger.warn(event('authentication', 'authentication', 'failure', usr, { reason }), 'login failed')
export const accessDenied = (logger, usr, action, resource, reason) => logger.warn(event('authorization', 'access_denied', 'failure', usr, { reason, action, resource }), 'access denied')
export const dataAccessed = (logger, usr, action, resource, count) => logger.info(event('data', 'data_' + action, 'success', usr, { action, resource, count }), 'data accessed')
