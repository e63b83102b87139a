// Original file: ticketbottle/waitroom/v1/waitroom.proto


export interface LeaveResponse {
}

export interface LeaveResponse__Output {
}
