// Original file: ticketbottle/waitroom/v1/waitroom.proto


export interface HeartbeatResponse {
}

export interface HeartbeatResponse__Output {
}
