// The endpoint with what session-refresh also does, by Fastify's own plugins, each as its documentation shows it.

import { randomUUID } from 'node:crypto'

import cookie from '@fastify/cookie'
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import Fastify from 'fastify'

import { COOKIE, COOKIE_OPTIONS, read, renew } from './tokens.js'

const app = Fastify({
  logger: true, // pino writes to stdout, which the benchmark makes a file, as it does with every program's output
  disableRequestLogging: true, // one line a request, written below, in place of Fastify's two
  genReqId: () => randomUUID(),
  ajv: { customOptions: { removeAdditional: false } } // an unknown member is refused, not dropped
})

// Of helmet's headers only those that session-refresh sends: more would be more work.
await app.register(helmet, {
  strictTransportSecurity: { maxAge: 31536000, includeSubDomains: true },
  contentSecurityPolicy: false,
  crossOriginEmbedderPolicy: false,
  crossOriginOpenerPolicy: false,
  crossOriginResourcePolicy: false,
  originAgentCluster: false,
  referrerPolicy: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xFrameOptions: false,
  xPermittedCrossDomainPolicies: false,
  xPoweredBy: false,
  xXssProtection: false
})
await app.register(cors, { origin: 'https://dashboard.example.com', credentials: true })
await app.register(cookie)
await app.register(rateLimit, {
  hook: 'preHandler', // after authentication
  max: 1000000, // in force, and never reached by 200 sessions
  timeWindow: '1 minute',
  keyGenerator: (request) => request.session.sid
})

app.decorateRequest('session', null)

app.addHook('onRequest', async (request, reply) => {
  reply.header('x-request-id', request.id)
})

app.addHook('onResponse', async (request, reply) => {
  request.log.info({
    method: request.method,
    route: request.routeOptions.url,
    status: reply.statusCode,
    ms: reply.elapsedTime,
    sid: request.session?.sid,
    client: request.ip
  })
})

async function authenticate(request, reply) {
  try {
    request.session = read(request.cookies[COOKIE])
  } catch {
    return reply.code(401).send({ error: 'unauthorized' })
  }
}

const schema = {
  body: { type: 'object', additionalProperties: false, nullable: true }, // nullable: there may be no body
  response: {
    200: { type: 'object', required: ['refreshed'], properties: { refreshed: { type: 'boolean' } } },
    401: { type: 'object', required: ['error'], properties: { error: { type: 'string' } } }
  }
}

app.post('/api/v1/auth/refresh', { schema, onRequest: authenticate }, async (request, reply) => {
  reply.header('cache-control', 'no-store')
  reply.setCookie(COOKIE, renew(request.session), COOKIE_OPTIONS)
  return { refreshed: true }
})

await app.listen({ host: '127.0.0.1', port: 0 })
