// Original file: ticketbottle/inventory/v1/inventory.proto


export interface CancelEventResponse {
}

export interface CancelEventResponse__Output {
}
