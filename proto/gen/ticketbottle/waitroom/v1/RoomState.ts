// Original file: ticketbottle/waitroom/v1/waitroom.proto

export const RoomState = {
  ROOM_STATE_UNSPECIFIED: 'ROOM_STATE_UNSPECIFIED',
  ROOM_STATE_NOT_ARMED: 'ROOM_STATE_NOT_ARMED',
  ROOM_STATE_PRE_QUEUE: 'ROOM_STATE_PRE_QUEUE',
  ROOM_STATE_OPEN: 'ROOM_STATE_OPEN',
  ROOM_STATE_PAUSED: 'ROOM_STATE_PAUSED',
  ROOM_STATE_SOLD_OUT: 'ROOM_STATE_SOLD_OUT',
  ROOM_STATE_CLOSED: 'ROOM_STATE_CLOSED',
} as const;

export type RoomState =
  | 'ROOM_STATE_UNSPECIFIED'
  | 0
  | 'ROOM_STATE_NOT_ARMED'
  | 1
  | 'ROOM_STATE_PRE_QUEUE'
  | 2
  | 'ROOM_STATE_OPEN'
  | 3
  | 'ROOM_STATE_PAUSED'
  | 4
  | 'ROOM_STATE_SOLD_OUT'
  | 5
  | 'ROOM_STATE_CLOSED'
  | 6

export type RoomState__Output = typeof RoomState[keyof typeof RoomState]
