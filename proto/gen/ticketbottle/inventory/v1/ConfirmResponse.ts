// Original file: ticketbottle/inventory/v1/inventory.proto


export interface ConfirmResponse {
}

export interface ConfirmResponse__Output {
}
