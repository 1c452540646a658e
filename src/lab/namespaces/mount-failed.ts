/** What the line begins with by which a volume that cannot be mounted is told, as the kubelet words it. */
export const mountFailed = 'MountVolume.SetUp failed for volume'
