// The endpoint alone, as the documentation of Fastify would write it.

import cookie from '@fastify/cookie'
import Fastify from 'fastify'

import { COOKIE, COOKIE_OPTIONS, read, renew } from './tokens.js'

const app = Fastify()
await app.register(cookie)

const schema = {
  response: { 200: { type: 'object', properties: { refreshed: { type: 'boolean' } } } }
}

app.post('/api/v1/auth/refresh', { schema }, async (request, reply) => {
  let claims
  try {
    claims = read(request.cookies[COOKIE])
  } catch {
    return reply.code(401).send({ error: 'unauthorized' })
  }
  reply.setCookie(COOKIE, renew(claims), COOKIE_OPTIONS)
  return { refreshed: true }
})

console.log(await app.listen({ host: '127.0.0.1', port: 0 }))
