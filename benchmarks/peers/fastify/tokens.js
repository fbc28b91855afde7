// What both Fastify peers do with a token: fast-jwt as its documentation shows it, with the keys prepared once.

import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { createSigner, createVerifier } from 'fast-jwt'

export const COOKIE = 'vk_org_token'
const LIFETIME = 28800
export const COOKIE_OPTIONS = { maxAge: LIFETIME, path: '/', httpOnly: true, secure: true, sameSite: 'lax' }
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

// The claims of a good token; throws at any other.
export const read = createVerifier({
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

// A fresh token for the same session.
export function renew(claims) {
  const iat = Math.floor(Date.now() / 1000)
  return sign({ ...claims, iat, exp: iat + LIFETIME, jti: randomUUID() })
}
