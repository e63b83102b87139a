// Original file: ticketbottle/user/v1/user.proto


export interface RevokeSessionResponse {
}

export interface RevokeSessionResponse__Output {
}
