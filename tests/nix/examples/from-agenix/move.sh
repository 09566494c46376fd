cd ~/infra
sudo age -d -i /etc/ssh/ssh_host_ed25519_key secrets/aws-env.age |
  credsmith init --from stdin --host-key --yes --no-recovery --no-claude
