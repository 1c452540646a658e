import { expect, test } from 'vitest'
import { proxyFromEnvironment } from './proxy.ts'

const server = 'https://abc.gr7.ap-northeast-2.eks.amazonaws.com'
test.each([
  { env: {}, is: null, because: 'none is named' },
  { env: { HTTPS_PROXY: 'http://proxy:3128' }, is: 'http://proxy:3128', because: 'it is for https' },
  { env: { https_proxy: 'proxy:3128' }, is: 'http://proxy:3128', because: 'small letters and no scheme' },
  { env: { HTTP_PROXY: 'http://proxy:3128' }, is: null, because: 'it is for http' },
  { env: { HTTPS_PROXY: 'p', NO_PROXY: '*' }, is: null, because: 'nothing goes by the proxy' },
  { env: { HTTPS_PROXY: 'p', NO_PROXY: 'example.com, .amazonaws.com' }, is: null, because: 'a domain' },
  { env: { HTTPS_PROXY: 'p', NO_PROXY: 'amazonaws.com:443' }, is: null, because: 'a domain and its port' },
  { env: { HTTPS_PROXY: 'p', NO_PROXY: 'amazonaws.com:8443' }, is: 'http://p', because: 'another port' },
  {
    env: { HTTPS_PROXY: 'p', NO_PROXY: 'aws.com' },
    is: 'http://p',
    because: 'a part of a label is no domain',
  },
])('$env: $because', ({ env, is }) => {
  expect(proxyFromEnvironment(server, env)).toBe(is)
})

test.each([
  { server: 'https://10.0.3.4:6443', noProxy: '10.0.0.0/8', is: null, because: 'a prefix' },
  { server: 'https://10.0.3.4:6443', noProxy: '10.0.3.4', is: null, because: 'an address' },
  { server: 'https://11.0.3.4:6443', noProxy: '10.0.0.0/8', is: 'http://p', because: 'outside the prefix' },
  { server: 'https://127.0.0.1:6443', noProxy: '', is: null, because: 'this machine' },
  { server: 'https://[::1]:6443', noProxy: '', is: null, because: 'this machine' },
])('$server with NO_PROXY=$noProxy: $because', ({ server: to, noProxy, is }) => {
  expect(proxyFromEnvironment(to, { HTTPS_PROXY: 'p', NO_PROXY: noProxy })).toBe(is)
})
