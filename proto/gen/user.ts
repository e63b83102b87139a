import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.ts';
import type { ChangePasswordRequest as _ticketbottle_user_v1_ChangePasswordRequest, ChangePasswordRequest__Output as _ticketbottle_user_v1_ChangePasswordRequest__Output } from './ticketbottle/user/v1/ChangePasswordRequest.ts';
import type { ChangePasswordResponse as _ticketbottle_user_v1_ChangePasswordResponse, ChangePasswordResponse__Output as _ticketbottle_user_v1_ChangePasswordResponse__Output } from './ticketbottle/user/v1/ChangePasswordResponse.ts';
import type { ConfirmPasswordResetRequest as _ticketbottle_user_v1_ConfirmPasswordResetRequest, ConfirmPasswordResetRequest__Output as _ticketbottle_user_v1_ConfirmPasswordResetRequest__Output } from './ticketbottle/user/v1/ConfirmPasswordResetRequest.ts';
import type { ConfirmPasswordResetResponse as _ticketbottle_user_v1_ConfirmPasswordResetResponse, ConfirmPasswordResetResponse__Output as _ticketbottle_user_v1_ConfirmPasswordResetResponse__Output } from './ticketbottle/user/v1/ConfirmPasswordResetResponse.ts';
import type { CreateSessionRequest as _ticketbottle_user_v1_CreateSessionRequest, CreateSessionRequest__Output as _ticketbottle_user_v1_CreateSessionRequest__Output } from './ticketbottle/user/v1/CreateSessionRequest.ts';
import type { CreateSessionResponse as _ticketbottle_user_v1_CreateSessionResponse, CreateSessionResponse__Output as _ticketbottle_user_v1_CreateSessionResponse__Output } from './ticketbottle/user/v1/CreateSessionResponse.ts';
import type { CreateUserRequest as _ticketbottle_user_v1_CreateUserRequest, CreateUserRequest__Output as _ticketbottle_user_v1_CreateUserRequest__Output } from './ticketbottle/user/v1/CreateUserRequest.ts';
import type { CreateUserResponse as _ticketbottle_user_v1_CreateUserResponse, CreateUserResponse__Output as _ticketbottle_user_v1_CreateUserResponse__Output } from './ticketbottle/user/v1/CreateUserResponse.ts';
import type { GetUserRequest as _ticketbottle_user_v1_GetUserRequest, GetUserRequest__Output as _ticketbottle_user_v1_GetUserRequest__Output } from './ticketbottle/user/v1/GetUserRequest.ts';
import type { GetUserResponse as _ticketbottle_user_v1_GetUserResponse, GetUserResponse__Output as _ticketbottle_user_v1_GetUserResponse__Output } from './ticketbottle/user/v1/GetUserResponse.ts';
import type { ListSessionsRequest as _ticketbottle_user_v1_ListSessionsRequest, ListSessionsRequest__Output as _ticketbottle_user_v1_ListSessionsRequest__Output } from './ticketbottle/user/v1/ListSessionsRequest.ts';
import type { ListSessionsResponse as _ticketbottle_user_v1_ListSessionsResponse, ListSessionsResponse__Output as _ticketbottle_user_v1_ListSessionsResponse__Output } from './ticketbottle/user/v1/ListSessionsResponse.ts';
import type { RequestPasswordResetRequest as _ticketbottle_user_v1_RequestPasswordResetRequest, RequestPasswordResetRequest__Output as _ticketbottle_user_v1_RequestPasswordResetRequest__Output } from './ticketbottle/user/v1/RequestPasswordResetRequest.ts';
import type { RequestPasswordResetResponse as _ticketbottle_user_v1_RequestPasswordResetResponse, RequestPasswordResetResponse__Output as _ticketbottle_user_v1_RequestPasswordResetResponse__Output } from './ticketbottle/user/v1/RequestPasswordResetResponse.ts';
import type { RevokeAllSessionsRequest as _ticketbottle_user_v1_RevokeAllSessionsRequest, RevokeAllSessionsRequest__Output as _ticketbottle_user_v1_RevokeAllSessionsRequest__Output } from './ticketbottle/user/v1/RevokeAllSessionsRequest.ts';
import type { RevokeAllSessionsResponse as _ticketbottle_user_v1_RevokeAllSessionsResponse, RevokeAllSessionsResponse__Output as _ticketbottle_user_v1_RevokeAllSessionsResponse__Output } from './ticketbottle/user/v1/RevokeAllSessionsResponse.ts';
import type { RevokeSessionRequest as _ticketbottle_user_v1_RevokeSessionRequest, RevokeSessionRequest__Output as _ticketbottle_user_v1_RevokeSessionRequest__Output } from './ticketbottle/user/v1/RevokeSessionRequest.ts';
import type { RevokeSessionResponse as _ticketbottle_user_v1_RevokeSessionResponse, RevokeSessionResponse__Output as _ticketbottle_user_v1_RevokeSessionResponse__Output } from './ticketbottle/user/v1/RevokeSessionResponse.ts';
import type { RotateSessionRequest as _ticketbottle_user_v1_RotateSessionRequest, RotateSessionRequest__Output as _ticketbottle_user_v1_RotateSessionRequest__Output } from './ticketbottle/user/v1/RotateSessionRequest.ts';
import type { RotateSessionResponse as _ticketbottle_user_v1_RotateSessionResponse, RotateSessionResponse__Output as _ticketbottle_user_v1_RotateSessionResponse__Output } from './ticketbottle/user/v1/RotateSessionResponse.ts';
import type { Session as _ticketbottle_user_v1_Session, Session__Output as _ticketbottle_user_v1_Session__Output } from './ticketbottle/user/v1/Session.ts';
import type { SetRolesRequest as _ticketbottle_user_v1_SetRolesRequest, SetRolesRequest__Output as _ticketbottle_user_v1_SetRolesRequest__Output } from './ticketbottle/user/v1/SetRolesRequest.ts';
import type { SetRolesResponse as _ticketbottle_user_v1_SetRolesResponse, SetRolesResponse__Output as _ticketbottle_user_v1_SetRolesResponse__Output } from './ticketbottle/user/v1/SetRolesResponse.ts';
import type { User as _ticketbottle_user_v1_User, User__Output as _ticketbottle_user_v1_User__Output } from './ticketbottle/user/v1/User.ts';
import type { UserServiceClient as _ticketbottle_user_v1_UserServiceClient, UserServiceDefinition as _ticketbottle_user_v1_UserServiceDefinition } from './ticketbottle/user/v1/UserService.ts';
import type { VerifyCredentialsRequest as _ticketbottle_user_v1_VerifyCredentialsRequest, VerifyCredentialsRequest__Output as _ticketbottle_user_v1_VerifyCredentialsRequest__Output } from './ticketbottle/user/v1/VerifyCredentialsRequest.ts';
import type { VerifyCredentialsResponse as _ticketbottle_user_v1_VerifyCredentialsResponse, VerifyCredentialsResponse__Output as _ticketbottle_user_v1_VerifyCredentialsResponse__Output } from './ticketbottle/user/v1/VerifyCredentialsResponse.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  google: {
    protobuf: {
      Timestamp: MessageTypeDefinition<_google_protobuf_Timestamp, _google_protobuf_Timestamp__Output>
    }
  }
  ticketbottle: {
    user: {
      v1: {
        ChangePasswordRequest: MessageTypeDefinition<_ticketbottle_user_v1_ChangePasswordRequest, _ticketbottle_user_v1_ChangePasswordRequest__Output>
        ChangePasswordResponse: MessageTypeDefinition<_ticketbottle_user_v1_ChangePasswordResponse, _ticketbottle_user_v1_ChangePasswordResponse__Output>
        ConfirmPasswordResetRequest: MessageTypeDefinition<_ticketbottle_user_v1_ConfirmPasswordResetRequest, _ticketbottle_user_v1_ConfirmPasswordResetRequest__Output>
        ConfirmPasswordResetResponse: MessageTypeDefinition<_ticketbottle_user_v1_ConfirmPasswordResetResponse, _ticketbottle_user_v1_ConfirmPasswordResetResponse__Output>
        CreateSessionRequest: MessageTypeDefinition<_ticketbottle_user_v1_CreateSessionRequest, _ticketbottle_user_v1_CreateSessionRequest__Output>
        CreateSessionResponse: MessageTypeDefinition<_ticketbottle_user_v1_CreateSessionResponse, _ticketbottle_user_v1_CreateSessionResponse__Output>
        CreateUserRequest: MessageTypeDefinition<_ticketbottle_user_v1_CreateUserRequest, _ticketbottle_user_v1_CreateUserRequest__Output>
        CreateUserResponse: MessageTypeDefinition<_ticketbottle_user_v1_CreateUserResponse, _ticketbottle_user_v1_CreateUserResponse__Output>
        GetUserRequest: MessageTypeDefinition<_ticketbottle_user_v1_GetUserRequest, _ticketbottle_user_v1_GetUserRequest__Output>
        GetUserResponse: MessageTypeDefinition<_ticketbottle_user_v1_GetUserResponse, _ticketbottle_user_v1_GetUserResponse__Output>
        ListSessionsRequest: MessageTypeDefinition<_ticketbottle_user_v1_ListSessionsRequest, _ticketbottle_user_v1_ListSessionsRequest__Output>
        ListSessionsResponse: MessageTypeDefinition<_ticketbottle_user_v1_ListSessionsResponse, _ticketbottle_user_v1_ListSessionsResponse__Output>
        RequestPasswordResetRequest: MessageTypeDefinition<_ticketbottle_user_v1_RequestPasswordResetRequest, _ticketbottle_user_v1_RequestPasswordResetRequest__Output>
        RequestPasswordResetResponse: MessageTypeDefinition<_ticketbottle_user_v1_RequestPasswordResetResponse, _ticketbottle_user_v1_RequestPasswordResetResponse__Output>
        RevokeAllSessionsRequest: MessageTypeDefinition<_ticketbottle_user_v1_RevokeAllSessionsRequest, _ticketbottle_user_v1_RevokeAllSessionsRequest__Output>
        RevokeAllSessionsResponse: MessageTypeDefinition<_ticketbottle_user_v1_RevokeAllSessionsResponse, _ticketbottle_user_v1_RevokeAllSessionsResponse__Output>
        RevokeSessionRequest: MessageTypeDefinition<_ticketbottle_user_v1_RevokeSessionRequest, _ticketbottle_user_v1_RevokeSessionRequest__Output>
        RevokeSessionResponse: MessageTypeDefinition<_ticketbottle_user_v1_RevokeSessionResponse, _ticketbottle_user_v1_RevokeSessionResponse__Output>
        Role: EnumTypeDefinition
        RotateSessionRequest: MessageTypeDefinition<_ticketbottle_user_v1_RotateSessionRequest, _ticketbottle_user_v1_RotateSessionRequest__Output>
        RotateSessionResponse: MessageTypeDefinition<_ticketbottle_user_v1_RotateSessionResponse, _ticketbottle_user_v1_RotateSessionResponse__Output>
        Session: MessageTypeDefinition<_ticketbottle_user_v1_Session, _ticketbottle_user_v1_Session__Output>
        SetRolesRequest: MessageTypeDefinition<_ticketbottle_user_v1_SetRolesRequest, _ticketbottle_user_v1_SetRolesRequest__Output>
        SetRolesResponse: MessageTypeDefinition<_ticketbottle_user_v1_SetRolesResponse, _ticketbottle_user_v1_SetRolesResponse__Output>
        User: MessageTypeDefinition<_ticketbottle_user_v1_User, _ticketbottle_user_v1_User__Output>
        UserService: SubtypeConstructor<typeof grpc.Client, _ticketbottle_user_v1_UserServiceClient> & { service: _ticketbottle_user_v1_UserServiceDefinition }
        VerifyCredentialsRequest: MessageTypeDefinition<_ticketbottle_user_v1_VerifyCredentialsRequest, _ticketbottle_user_v1_VerifyCredentialsRequest__Output>
        VerifyCredentialsResponse: MessageTypeDefinition<_ticketbottle_user_v1_VerifyCredentialsResponse, _ticketbottle_user_v1_VerifyCredentialsResponse__Output>
      }
    }
  }
}

