cd ~/infra
credsmith init --from csv:accessKeys.csv --host-key --yes --no-recovery --no-claude
