/** The release of EKS that a lab stands for. */
export const kubernetesVersion = 'v1.32.9-eks-113cf36'
