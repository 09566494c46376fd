. /etc/load-aws-bedrock.sh
cd ~/infra
credsmith verify --offline
credsmith verify --no-invoke
