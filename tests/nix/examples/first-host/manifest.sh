credsmith verify --manifest "$(dirname "$(readlink -f /etc/load-aws-bedrock.sh)")/manifest.json"
