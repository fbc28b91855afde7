// The endpoint as the documentation of Fastify and fast-jwt would write it, with the keys prepared once.

import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'

import cookie from '@fastify/cookie'
import { createSigner, createVerifier } from 'fast-jwt'
import Fastify from 'fastify'

const COOKIE = 'vk_org_token'
const LIFETIME = 28800
const jwk = JSON.parse(readFileSync(process.env.BENCHMARK_KEYS)).keys[0]

function material() {
  if (jwk.kty === 'oct') {
    const secret = Buffer.from(jwk.k, 'base64url')
    return { signing: secret, verifying: secret }
  }
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  return {
    signing: key.export({ type: 'pkcs8', format: 'pem' }),
    verifying: createPublicKey(key).export({ type: 'spki', format: 'pem' })
  }
}

const { signing, verifying } = material()
const verify = createVerifier({
  key: verifying,
  algorithms: [jwk.alg],
  allowedIss: 'https://devapi.withverifa.com',
  allowedAud: 'verifa-dashboard',
  requiredClaims: ['iss', 'aud', 'sub', 'org', 'sid', 'iat', 'exp'],
  clockTolerance: 30000
})
const sign = createSigner({
  key: signing,
  algorithm: jwk.alg,
  header: { kid: jwk.kid, typ: 'vk-session+jwt' }
})

const app = Fastify()
await app.register(cookie)

const schema = {
  response: { 200: { type: 'object', properties: { refreshed: { type: 'boolean' } } } }
}

app.post('/api/v1/auth/refresh', { schema }, async (request, reply) => {
  let claims
  try {
    claims = verify(request.cookies[COOKIE])
  } catch {
    return reply.code(401).send({ error: 'unauthorized' })
  }
  const iat = Math.floor(Date.now() / 1000)
  const token = sign({ ...claims, iat, exp: iat + LIFETIME, jti: randomUUID() })
  reply.setCookie(COOKIE, token, { maxAge: LIFETIME, path: '/', httpOnly: true, secure: true, sameSite: 'lax' })
  return { refreshed: true }
})

console.log(await app.listen({ host: '127.0.0.1', port: 0 }))
