/** The text of a machine's account files. */
export interface Accounts {
  readonly passwd: string
  readonly group: string
}

/** Who logs in to an EKS node: the user of Amazon Linux, with its ids. */
export const loginUser = { name: 'ec2-user', uid: 1000, gid: 1000, home: '/home/ec2-user' } as const

/** login.defs: accounts of people start here; `nobody` is the one above that belongs to the system. */
const firstPerson = 1000
const nobody = 65534

/**
 * The accounts of a lab's machine: the system's own, which its programs need (sshd, tcpdump), and ec2-user. The
 * people of the host are left out, from groups as well.
 */
export function machineAccounts(host: Accounts): Accounts {
  const fieldsOf = (text: string): readonly (readonly string[])[] =>
    text
      .split('\n')
      .map((line) => line.split(':'))
      .filter((fields) => /^[a-z_][\w.-]*\$?$/i.test(fields[0] ?? '') && isSystem(Number(fields[2])))
  const isSystem = (id: number): boolean => (id >= 0 && id < firstPerson) || id === nobody
  const users = fieldsOf(host.passwd)
    .filter((fields) => fields.length === 7)
    .map(([name, , uid, gid, , home, shell]) => [name, 'x', uid, gid, '', home, shell].join(':'))
  const groups = fieldsOf(host.group)
    .filter((fields) => fields.length === 4)
    .map(([name, , gid]) => [name, 'x', gid, name === 'adm' ? loginUser.name : ''].join(':'))
  const { name, uid, gid, home } = loginUser
  return {
    passwd: [...users, `${name}:x:${uid}:${gid}:EC2 Default User:${home}:/bin/bash`, ''].join('\n'),
    group: [...groups, `${name}:x:${gid}:`, ''].join('\n'),
  }
}

/** shadow(5) for these accounts: nobody has a password, and a key may still open the door. */
export const shadowOf = (passwd: string): string =>
  passwd
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `${line.slice(0, line.indexOf(':'))}:*:20000:0:99999:7:::\n`)
    .join('')
