// Original file: ticketbottle/waitroom/v1/waitroom.proto


export interface ReleaseSlotResponse {
}

export interface ReleaseSlotResponse__Output {
}
