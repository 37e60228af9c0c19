"""Images as files in directories of a mounted file system, local or shared."""
