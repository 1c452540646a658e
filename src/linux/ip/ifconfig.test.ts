import { describe, expect, test } from 'vitest'
import { formatPrefix } from '../../model/address/prefix.ts'
import { readIfconfig } from './ifconfig.ts'

/** As net-tools 2.10 printed it on a node of the lab. */
const text = `enic3ab4fa5af5: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 9001
        inet6 fe80::4bd:cff:fed0:fcba  prefixlen 64  scopeid 0x20<link>
        ether 06:bd:0c:d0:fc:ba  txqueuelen 0  (Ethernet)
        RX packets 10  bytes 796 (796.0 B)
        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0

eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 9001
        inet 192.168.1.138  netmask 255.255.255.0  broadcast 192.168.1.255
        ether 02:63:79:e4:79:92  txqueuelen 1000  (Ethernet)

eth0:1: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 9001
        inet 10.9.8.7  netmask 255.255.255.255  broadcast 0.0.0.0
        ether 02:63:79:e4:79:92  txqueuelen 1000  (Ethernet)

docker0: flags=4099<UP,BROADCAST,MULTICAST>  mtu 1500
        inet 172.17.0.1  netmask 255.255.0.0  broadcast 172.17.255.255

lo: flags=73<UP,LOOPBACK,RUNNING>  mtu 65536
        inet 127.0.0.1  netmask 255.0.0.0
        inet6 ::1  prefixlen 128  scopeid 0x10<host>
        loop  txqueuelen 1000  (Local Loopback)
`

test('names, MTUs, carriers, hardware addresses and addresses are read; an alias is an address of its device', () => {
  const { value, problems } = readIfconfig(text)
  expect(problems).toEqual([])
  expect(
    value.map((link) => [
      link.name,
      link.type,
      link.mtu,
      link.state,
      link.mac,
      link.addresses.map(formatPrefix),
    ]),
  ).toEqual([
    ['enic3ab4fa5af5', 'ether', 9001, 'UP', '06:bd:0c:d0:fc:ba', ['fe80::4bd:cff:fed0:fcba/64']],
    ['eth0', 'ether', 9001, 'UP', '02:63:79:e4:79:92', ['192.168.1.138/24', '10.9.8.7/32']],
    ['docker0', 'ether', 1500, 'DOWN', null, ['172.17.0.1/16']],
    ['lo', 'loopback', 65536, 'UNKNOWN', null, ['127.0.0.1/8', '::1/128']],
  ])
  expect(value[1]?.addresses[0]?.line).toBe('inet 192.168.1.138/24 brd 192.168.1.255 scope global eth0')
})

describe('what is no interface is said with its line', () => {
  test.each([
    ['eth0: flags=4163<UP>  mtu 99999999999999999999', 'line 1: not an interface'],
    ['eth0: flags=4163<UP>  mtu 1000000', 'line 1: not an interface'],
    ['\n  inet 1.2.3.4  netmask 255.0.0.0', 'line 2: of no interface'],
    ['eth0: flags=1<UP>  mtu 1500\n  inet 1.2.3.400  netmask 255.0.0.0', 'line 2: not an address'],
    ['eth0: flags=1<UP>  mtu 1500\n  inet 1.2.3.4  netmask 255.0.255.0', 'line 2: not an address'],
    ['eth0: flags=1<UP>  mtu 1500\n  inet6 fe80::1  prefixlen 129', 'line 2: not an address'],
    ['eth0: flags=1<UP>  mtu 1500\n  ether zz:00', 'line 2: not a hardware address'],
    ['<html>', 'line 1: not an interface'],
  ])('%j', (input, said) => {
    expect(readIfconfig(input).problems.join('\n')).toContain(said)
  })
})
