/** Who started a lab: root gives it ids that are nobody's; anybody else gives it ids of the range that is theirs. */
export type Privilege = 'root' | 'rootless'
