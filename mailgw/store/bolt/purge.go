package bolt

// purgeKey is the name in the bucket meta that stands there while a Purge has not ended.
const purgeKey = "purge"
