// Original file: ticketbottle/waitroom/v1/waitroom.proto


export interface SetSoldOutResponse {
}

export interface SetSoldOutResponse__Output {
}
