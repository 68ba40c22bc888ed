package store_test

const childOf = "NESTS_STORE_TEST_CHILD"

func writeUntilKilled(path string) {}
