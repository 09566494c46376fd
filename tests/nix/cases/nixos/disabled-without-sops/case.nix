# Imported and not enabled, it asks for nothing.
{
  bare = { credsmith, ... }: [ credsmith ];
}
