. /etc/load-aws-bedrock.sh
credsmith verify --offline
credsmith verify --no-invoke
