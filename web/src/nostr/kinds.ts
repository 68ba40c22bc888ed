// The kinds of Nostr events that the app reads or writes.
export const kinds = {
  profile: 0, // NIP-01
  note: 1, // NIP-10
  follows: 3, // NIP-02
  reaction: 7, // NIP-25
  chat: 1311, // NIP-53, live chat message
  report: 1984, // NIP-56
  mutes: 10000, // NIP-51
  relays: 10002, // NIP-65
  presence: 10312, // NIP-53, room presence
  relayAuth: 22242, // NIP-42
  remoteSigning: 24133, // NIP-46
  httpAuth: 27235, // NIP-98
  stream: 30311, // NIP-53, live stream: old links and messages name a nest by it
  space: 30312, // NIP-53, meeting space
  meeting: 30313, // NIP-53, meeting
} as const;
