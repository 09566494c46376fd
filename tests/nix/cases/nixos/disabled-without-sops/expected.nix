{ exactly, ... }:
{
  environment.etc = exactly { };
}
