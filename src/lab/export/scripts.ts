import type { Topology } from '../plan/topology.ts'
import { keyPlaceholder, vpcPlaceholder } from './eksctl-config.ts'

/** Words of these scripts that come from the plan are names and addresses; none needs quoting, all are quoted. */
export const createScript = ({ clusterName, region, bastion }: Topology): string => `#!/bin/sh
# Builds the cluster: ./create.sh KEY_NAME SSH_FROM
#   KEY_NAME  an EC2 key pair of yours in ${region}
#   SSH_FROM  from where ssh to the bastion is allowed, such as 203.0.113.7/32
# It takes about 20 minutes and costs money until ./delete.sh has run. See README.md.
set -eu
cd "$(dirname "$0")"
key=\${1:?usage: ./create.sh KEY_NAME SSH_FROM}
from=\${2:?usage: ./create.sh KEY_NAME SSH_FROM}
export AWS_DEFAULT_REGION='${region}'
for program in aws eksctl kubectl; do
  command -v "$program" >/dev/null || { echo "$program is not installed" >&2; exit 3; }
done

aws cloudformation deploy --stack-name '${clusterName}-vpc' --template-file vpc.yaml \\
  --parameter-overrides "KeyName=$key" "SshFrom=$from"
output() {
  aws cloudformation describe-stacks --stack-name '${clusterName}-vpc' \\
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue" --output text
}
vpc=$(output VpcId)

sed -e "s/${vpcPlaceholder}/$vpc/" -e "s/${keyPlaceholder}/$key/" cluster.yaml |
  eksctl create cluster -f -

# As in the tutorial, the bastion may reach the nodes by any protocol.
group=$(aws eks describe-cluster --name '${clusterName}' \\
  --query cluster.resourcesVpcConfig.clusterSecurityGroupId --output text)
aws ec2 authorize-security-group-ingress --group-id "$group" --protocol=-1 --cidr ${bastion.address}/32 >/dev/null

kubectl apply -f netshoot-pod.yaml
kubectl rollout status deployment/netshoot-pod
echo "ssh ec2-user@$(output BastionAddress)"
echo "podpath verify"
`

export const deleteScript = ({ clusterName, region }: Topology): string => `#!/bin/sh
# Removes all that create.sh has made: ./delete.sh
set -eu
export AWS_DEFAULT_REGION='${region}'
eksctl delete cluster --name '${clusterName}' --disable-nodegroup-eviction --wait
aws cloudformation delete-stack --stack-name '${clusterName}-vpc'
aws cloudformation wait stack-delete-complete --stack-name '${clusterName}-vpc'
`
