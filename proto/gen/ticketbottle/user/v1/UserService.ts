// Original file: ticketbottle/user/v1/user.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ChangePasswordRequest as _ticketbottle_user_v1_ChangePasswordRequest, ChangePasswordRequest__Output as _ticketbottle_user_v1_ChangePasswordRequest__Output } from '../../../ticketbottle/user/v1/ChangePasswordRequest.ts';
import type { ChangePasswordResponse as _ticketbottle_user_v1_ChangePasswordResponse, ChangePasswordResponse__Output as _ticketbottle_user_v1_ChangePasswordResponse__Output } from '../../../ticketbottle/user/v1/ChangePasswordResponse.ts';
import type { ConfirmPasswordResetRequest as _ticketbottle_user_v1_ConfirmPasswordResetRequest, ConfirmPasswordResetRequest__Output as _ticketbottle_user_v1_ConfirmPasswordResetRequest__Output } from '../../../ticketbottle/user/v1/ConfirmPasswordResetRequest.ts';
import type { ConfirmPasswordResetResponse as _ticketbottle_user_v1_ConfirmPasswordResetResponse, ConfirmPasswordResetResponse__Output as _ticketbottle_user_v1_ConfirmPasswordResetResponse__Output } from '../../../ticketbottle/user/v1/ConfirmPasswordResetResponse.ts';
import type { CreateSessionRequest as _ticketbottle_user_v1_CreateSessionRequest, CreateSessionRequest__Output as _ticketbottle_user_v1_CreateSessionRequest__Output } from '../../../ticketbottle/user/v1/CreateSessionRequest.ts';
import type { CreateSessionResponse as _ticketbottle_user_v1_CreateSessionResponse, CreateSessionResponse__Output as _ticketbottle_user_v1_CreateSessionResponse__Output } from '../../../ticketbottle/user/v1/CreateSessionResponse.ts';
import type { CreateUserRequest as _ticketbottle_user_v1_CreateUserRequest, CreateUserRequest__Output as _ticketbottle_user_v1_CreateUserRequest__Output } from '../../../ticketbottle/user/v1/CreateUserRequest.ts';
import type { CreateUserResponse as _ticketbottle_user_v1_CreateUserResponse, CreateUserResponse__Output as _ticketbottle_user_v1_CreateUserResponse__Output } from '../../../ticketbottle/user/v1/CreateUserResponse.ts';
import type { GetUserRequest as _ticketbottle_user_v1_GetUserRequest, GetUserRequest__Output as _ticketbottle_user_v1_GetUserRequest__Output } from '../../../ticketbottle/user/v1/GetUserRequest.ts';
import type { GetUserResponse as _ticketbottle_user_v1_GetUserResponse, GetUserResponse__Output as _ticketbottle_user_v1_GetUserResponse__Output } from '../../../ticketbottle/user/v1/GetUserResponse.ts';
import type { ListSessionsRequest as _ticketbottle_user_v1_ListSessionsRequest, ListSessionsRequest__Output as _ticketbottle_user_v1_ListSessionsRequest__Output } from '../../../ticketbottle/user/v1/ListSessionsRequest.ts';
import type { ListSessionsResponse as _ticketbottle_user_v1_ListSessionsResponse, ListSessionsResponse__Output as _ticketbottle_user_v1_ListSessionsResponse__Output } from '../../../ticketbottle/user/v1/ListSessionsResponse.ts';
import type { RequestPasswordResetRequest as _ticketbottle_user_v1_RequestPasswordResetRequest, RequestPasswordResetRequest__Output as _ticketbottle_user_v1_RequestPasswordResetRequest__Output } from '../../../ticketbottle/user/v1/RequestPasswordResetRequest.ts';
import type { RequestPasswordResetResponse as _ticketbottle_user_v1_RequestPasswordResetResponse, RequestPasswordResetResponse__Output as _ticketbottle_user_v1_RequestPasswordResetResponse__Output } from '../../../ticketbottle/user/v1/RequestPasswordResetResponse.ts';
import type { RevokeAllSessionsRequest as _ticketbottle_user_v1_RevokeAllSessionsRequest, RevokeAllSessionsRequest__Output as _ticketbottle_user_v1_RevokeAllSessionsRequest__Output } from '../../../ticketbottle/user/v1/RevokeAllSessionsRequest.ts';
import type { RevokeAllSessionsResponse as _ticketbottle_user_v1_RevokeAllSessionsResponse, RevokeAllSessionsResponse__Output as _ticketbottle_user_v1_RevokeAllSessionsResponse__Output } from '../../../ticketbottle/user/v1/RevokeAllSessionsResponse.ts';
import type { RevokeSessionRequest as _ticketbottle_user_v1_RevokeSessionRequest, RevokeSessionRequest__Output as _ticketbottle_user_v1_RevokeSessionRequest__Output } from '../../../ticketbottle/user/v1/RevokeSessionRequest.ts';
import type { RevokeSessionResponse as _ticketbottle_user_v1_RevokeSessionResponse, RevokeSessionResponse__Output as _ticketbottle_user_v1_RevokeSessionResponse__Output } from '../../../ticketbottle/user/v1/RevokeSessionResponse.ts';
import type { RotateSessionRequest as _ticketbottle_user_v1_RotateSessionRequest, RotateSessionRequest__Output as _ticketbottle_user_v1_RotateSessionRequest__Output } from '../../../ticketbottle/user/v1/RotateSessionRequest.ts';
import type { RotateSessionResponse as _ticketbottle_user_v1_RotateSessionResponse, RotateSessionResponse__Output as _ticketbottle_user_v1_RotateSessionResponse__Output } from '../../../ticketbottle/user/v1/RotateSessionResponse.ts';
import type { SetRolesRequest as _ticketbottle_user_v1_SetRolesRequest, SetRolesRequest__Output as _ticketbottle_user_v1_SetRolesRequest__Output } from '../../../ticketbottle/user/v1/SetRolesRequest.ts';
import type { SetRolesResponse as _ticketbottle_user_v1_SetRolesResponse, SetRolesResponse__Output as _ticketbottle_user_v1_SetRolesResponse__Output } from '../../../ticketbottle/user/v1/SetRolesResponse.ts';
import type { VerifyCredentialsRequest as _ticketbottle_user_v1_VerifyCredentialsRequest, VerifyCredentialsRequest__Output as _ticketbottle_user_v1_VerifyCredentialsRequest__Output } from '../../../ticketbottle/user/v1/VerifyCredentialsRequest.ts';
import type { VerifyCredentialsResponse as _ticketbottle_user_v1_VerifyCredentialsResponse, VerifyCredentialsResponse__Output as _ticketbottle_user_v1_VerifyCredentialsResponse__Output } from '../../../ticketbottle/user/v1/VerifyCredentialsResponse.ts';

export interface UserServiceClient extends grpc.Client {
  ChangePassword(argument: _ticketbottle_user_v1_ChangePasswordRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_ChangePasswordResponse__Output>): grpc.ClientUnaryCall;
  ChangePassword(argument: _ticketbottle_user_v1_ChangePasswordRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_ChangePasswordResponse__Output>): grpc.ClientUnaryCall;
  ChangePassword(argument: _ticketbottle_user_v1_ChangePasswordRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_ChangePasswordResponse__Output>): grpc.ClientUnaryCall;
  ChangePassword(argument: _ticketbottle_user_v1_ChangePasswordRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_ChangePasswordResponse__Output>): grpc.ClientUnaryCall;
  changePassword(argument: _ticketbottle_user_v1_ChangePasswordRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_ChangePasswordResponse__Output>): grpc.ClientUnaryCall;
  changePassword(argument: _ticketbottle_user_v1_ChangePasswordRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_ChangePasswordResponse__Output>): grpc.ClientUnaryCall;
  changePassword(argument: _ticketbottle_user_v1_ChangePasswordRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_ChangePasswordResponse__Output>): grpc.ClientUnaryCall;
  changePassword(argument: _ticketbottle_user_v1_ChangePasswordRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_ChangePasswordResponse__Output>): grpc.ClientUnaryCall;
  
  ConfirmPasswordReset(argument: _ticketbottle_user_v1_ConfirmPasswordResetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_ConfirmPasswordResetResponse__Output>): grpc.ClientUnaryCall;
  ConfirmPasswordReset(argument: _ticketbottle_user_v1_ConfirmPasswordResetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_ConfirmPasswordResetResponse__Output>): grpc.ClientUnaryCall;
  ConfirmPasswordReset(argument: _ticketbottle_user_v1_ConfirmPasswordResetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_ConfirmPasswordResetResponse__Output>): grpc.ClientUnaryCall;
  ConfirmPasswordReset(argument: _ticketbottle_user_v1_ConfirmPasswordResetRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_ConfirmPasswordResetResponse__Output>): grpc.ClientUnaryCall;
  confirmPasswordReset(argument: _ticketbottle_user_v1_ConfirmPasswordResetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_ConfirmPasswordResetResponse__Output>): grpc.ClientUnaryCall;
  confirmPasswordReset(argument: _ticketbottle_user_v1_ConfirmPasswordResetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_ConfirmPasswordResetResponse__Output>): grpc.ClientUnaryCall;
  confirmPasswordReset(argument: _ticketbottle_user_v1_ConfirmPasswordResetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_ConfirmPasswordResetResponse__Output>): grpc.ClientUnaryCall;
  confirmPasswordReset(argument: _ticketbottle_user_v1_ConfirmPasswordResetRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_ConfirmPasswordResetResponse__Output>): grpc.ClientUnaryCall;
  
  CreateSession(argument: _ticketbottle_user_v1_CreateSessionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_CreateSessionResponse__Output>): grpc.ClientUnaryCall;
  CreateSession(argument: _ticketbottle_user_v1_CreateSessionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_CreateSessionResponse__Output>): grpc.ClientUnaryCall;
  CreateSession(argument: _ticketbottle_user_v1_CreateSessionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_CreateSessionResponse__Output>): grpc.ClientUnaryCall;
  CreateSession(argument: _ticketbottle_user_v1_CreateSessionRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_CreateSessionResponse__Output>): grpc.ClientUnaryCall;
  createSession(argument: _ticketbottle_user_v1_CreateSessionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_CreateSessionResponse__Output>): grpc.ClientUnaryCall;
  createSession(argument: _ticketbottle_user_v1_CreateSessionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_CreateSessionResponse__Output>): grpc.ClientUnaryCall;
  createSession(argument: _ticketbottle_user_v1_CreateSessionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_CreateSessionResponse__Output>): grpc.ClientUnaryCall;
  createSession(argument: _ticketbottle_user_v1_CreateSessionRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_CreateSessionResponse__Output>): grpc.ClientUnaryCall;
  
  CreateUser(argument: _ticketbottle_user_v1_CreateUserRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_CreateUserResponse__Output>): grpc.ClientUnaryCall;
  CreateUser(argument: _ticketbottle_user_v1_CreateUserRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_CreateUserResponse__Output>): grpc.ClientUnaryCall;
  CreateUser(argument: _ticketbottle_user_v1_CreateUserRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_CreateUserResponse__Output>): grpc.ClientUnaryCall;
  CreateUser(argument: _ticketbottle_user_v1_CreateUserRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_CreateUserResponse__Output>): grpc.ClientUnaryCall;
  createUser(argument: _ticketbottle_user_v1_CreateUserRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_CreateUserResponse__Output>): grpc.ClientUnaryCall;
  createUser(argument: _ticketbottle_user_v1_CreateUserRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_CreateUserResponse__Output>): grpc.ClientUnaryCall;
  createUser(argument: _ticketbottle_user_v1_CreateUserRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_CreateUserResponse__Output>): grpc.ClientUnaryCall;
  createUser(argument: _ticketbottle_user_v1_CreateUserRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_CreateUserResponse__Output>): grpc.ClientUnaryCall;
  
  GetUser(argument: _ticketbottle_user_v1_GetUserRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_GetUserResponse__Output>): grpc.ClientUnaryCall;
  GetUser(argument: _ticketbottle_user_v1_GetUserRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_GetUserResponse__Output>): grpc.ClientUnaryCall;
  GetUser(argument: _ticketbottle_user_v1_GetUserRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_GetUserResponse__Output>): grpc.ClientUnaryCall;
  GetUser(argument: _ticketbottle_user_v1_GetUserRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_GetUserResponse__Output>): grpc.ClientUnaryCall;
  getUser(argument: _ticketbottle_user_v1_GetUserRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_GetUserResponse__Output>): grpc.ClientUnaryCall;
  getUser(argument: _ticketbottle_user_v1_GetUserRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_GetUserResponse__Output>): grpc.ClientUnaryCall;
  getUser(argument: _ticketbottle_user_v1_GetUserRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_GetUserResponse__Output>): grpc.ClientUnaryCall;
  getUser(argument: _ticketbottle_user_v1_GetUserRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_GetUserResponse__Output>): grpc.ClientUnaryCall;
  
  ListSessions(argument: _ticketbottle_user_v1_ListSessionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  ListSessions(argument: _ticketbottle_user_v1_ListSessionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  ListSessions(argument: _ticketbottle_user_v1_ListSessionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  ListSessions(argument: _ticketbottle_user_v1_ListSessionsRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  listSessions(argument: _ticketbottle_user_v1_ListSessionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  listSessions(argument: _ticketbottle_user_v1_ListSessionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  listSessions(argument: _ticketbottle_user_v1_ListSessionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  listSessions(argument: _ticketbottle_user_v1_ListSessionsRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  
  RequestPasswordReset(argument: _ticketbottle_user_v1_RequestPasswordResetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_RequestPasswordResetResponse__Output>): grpc.ClientUnaryCall;
  RequestPasswordReset(argument: _ticketbottle_user_v1_RequestPasswordResetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_RequestPasswordResetResponse__Output>): grpc.ClientUnaryCall;
  RequestPasswordReset(argument: _ticketbottle_user_v1_RequestPasswordResetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_RequestPasswordResetResponse__Output>): grpc.ClientUnaryCall;
  RequestPasswordReset(argument: _ticketbottle_user_v1_RequestPasswordResetRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_RequestPasswordResetResponse__Output>): grpc.ClientUnaryCall;
  requestPasswordReset(argument: _ticketbottle_user_v1_RequestPasswordResetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_RequestPasswordResetResponse__Output>): grpc.ClientUnaryCall;
  requestPasswordReset(argument: _ticketbottle_user_v1_RequestPasswordResetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_RequestPasswordResetResponse__Output>): grpc.ClientUnaryCall;
  requestPasswordReset(argument: _ticketbottle_user_v1_RequestPasswordResetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_RequestPasswordResetResponse__Output>): grpc.ClientUnaryCall;
  requestPasswordReset(argument: _ticketbottle_user_v1_RequestPasswordResetRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_RequestPasswordResetResponse__Output>): grpc.ClientUnaryCall;
  
  RevokeAllSessions(argument: _ticketbottle_user_v1_RevokeAllSessionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_RevokeAllSessionsResponse__Output>): grpc.ClientUnaryCall;
  RevokeAllSessions(argument: _ticketbottle_user_v1_RevokeAllSessionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_RevokeAllSessionsResponse__Output>): grpc.ClientUnaryCall;
  RevokeAllSessions(argument: _ticketbottle_user_v1_RevokeAllSessionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_RevokeAllSessionsResponse__Output>): grpc.ClientUnaryCall;
  RevokeAllSessions(argument: _ticketbottle_user_v1_RevokeAllSessionsRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_RevokeAllSessionsResponse__Output>): grpc.ClientUnaryCall;
  revokeAllSessions(argument: _ticketbottle_user_v1_RevokeAllSessionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_RevokeAllSessionsResponse__Output>): grpc.ClientUnaryCall;
  revokeAllSessions(argument: _ticketbottle_user_v1_RevokeAllSessionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_RevokeAllSessionsResponse__Output>): grpc.ClientUnaryCall;
  revokeAllSessions(argument: _ticketbottle_user_v1_RevokeAllSessionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_RevokeAllSessionsResponse__Output>): grpc.ClientUnaryCall;
  revokeAllSessions(argument: _ticketbottle_user_v1_RevokeAllSessionsRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_RevokeAllSessionsResponse__Output>): grpc.ClientUnaryCall;
  
  RevokeSession(argument: _ticketbottle_user_v1_RevokeSessionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_RevokeSessionResponse__Output>): grpc.ClientUnaryCall;
  RevokeSession(argument: _ticketbottle_user_v1_RevokeSessionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_RevokeSessionResponse__Output>): grpc.ClientUnaryCall;
  RevokeSession(argument: _ticketbottle_user_v1_RevokeSessionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_RevokeSessionResponse__Output>): grpc.ClientUnaryCall;
  RevokeSession(argument: _ticketbottle_user_v1_RevokeSessionRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_RevokeSessionResponse__Output>): grpc.ClientUnaryCall;
  revokeSession(argument: _ticketbottle_user_v1_RevokeSessionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_RevokeSessionResponse__Output>): grpc.ClientUnaryCall;
  revokeSession(argument: _ticketbottle_user_v1_RevokeSessionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_RevokeSessionResponse__Output>): grpc.ClientUnaryCall;
  revokeSession(argument: _ticketbottle_user_v1_RevokeSessionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_RevokeSessionResponse__Output>): grpc.ClientUnaryCall;
  revokeSession(argument: _ticketbottle_user_v1_RevokeSessionRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_RevokeSessionResponse__Output>): grpc.ClientUnaryCall;
  
  RotateSession(argument: _ticketbottle_user_v1_RotateSessionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_RotateSessionResponse__Output>): grpc.ClientUnaryCall;
  RotateSession(argument: _ticketbottle_user_v1_RotateSessionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_RotateSessionResponse__Output>): grpc.ClientUnaryCall;
  RotateSession(argument: _ticketbottle_user_v1_RotateSessionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_RotateSessionResponse__Output>): grpc.ClientUnaryCall;
  RotateSession(argument: _ticketbottle_user_v1_RotateSessionRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_RotateSessionResponse__Output>): grpc.ClientUnaryCall;
  rotateSession(argument: _ticketbottle_user_v1_RotateSessionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_RotateSessionResponse__Output>): grpc.ClientUnaryCall;
  rotateSession(argument: _ticketbottle_user_v1_RotateSessionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_RotateSessionResponse__Output>): grpc.ClientUnaryCall;
  rotateSession(argument: _ticketbottle_user_v1_RotateSessionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_RotateSessionResponse__Output>): grpc.ClientUnaryCall;
  rotateSession(argument: _ticketbottle_user_v1_RotateSessionRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_RotateSessionResponse__Output>): grpc.ClientUnaryCall;
  
  SetRoles(argument: _ticketbottle_user_v1_SetRolesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_SetRolesResponse__Output>): grpc.ClientUnaryCall;
  SetRoles(argument: _ticketbottle_user_v1_SetRolesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_SetRolesResponse__Output>): grpc.ClientUnaryCall;
  SetRoles(argument: _ticketbottle_user_v1_SetRolesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_SetRolesResponse__Output>): grpc.ClientUnaryCall;
  SetRoles(argument: _ticketbottle_user_v1_SetRolesRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_SetRolesResponse__Output>): grpc.ClientUnaryCall;
  setRoles(argument: _ticketbottle_user_v1_SetRolesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_SetRolesResponse__Output>): grpc.ClientUnaryCall;
  setRoles(argument: _ticketbottle_user_v1_SetRolesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_SetRolesResponse__Output>): grpc.ClientUnaryCall;
  setRoles(argument: _ticketbottle_user_v1_SetRolesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_SetRolesResponse__Output>): grpc.ClientUnaryCall;
  setRoles(argument: _ticketbottle_user_v1_SetRolesRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_SetRolesResponse__Output>): grpc.ClientUnaryCall;
  
  VerifyCredentials(argument: _ticketbottle_user_v1_VerifyCredentialsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_VerifyCredentialsResponse__Output>): grpc.ClientUnaryCall;
  VerifyCredentials(argument: _ticketbottle_user_v1_VerifyCredentialsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_VerifyCredentialsResponse__Output>): grpc.ClientUnaryCall;
  VerifyCredentials(argument: _ticketbottle_user_v1_VerifyCredentialsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_VerifyCredentialsResponse__Output>): grpc.ClientUnaryCall;
  VerifyCredentials(argument: _ticketbottle_user_v1_VerifyCredentialsRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_VerifyCredentialsResponse__Output>): grpc.ClientUnaryCall;
  verifyCredentials(argument: _ticketbottle_user_v1_VerifyCredentialsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_VerifyCredentialsResponse__Output>): grpc.ClientUnaryCall;
  verifyCredentials(argument: _ticketbottle_user_v1_VerifyCredentialsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_user_v1_VerifyCredentialsResponse__Output>): grpc.ClientUnaryCall;
  verifyCredentials(argument: _ticketbottle_user_v1_VerifyCredentialsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_user_v1_VerifyCredentialsResponse__Output>): grpc.ClientUnaryCall;
  verifyCredentials(argument: _ticketbottle_user_v1_VerifyCredentialsRequest, callback: grpc.requestCallback<_ticketbottle_user_v1_VerifyCredentialsResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface UserServiceHandlers extends grpc.UntypedServiceImplementation {
  ChangePassword: grpc.handleUnaryCall<_ticketbottle_user_v1_ChangePasswordRequest__Output, _ticketbottle_user_v1_ChangePasswordResponse>;
  
  ConfirmPasswordReset: grpc.handleUnaryCall<_ticketbottle_user_v1_ConfirmPasswordResetRequest__Output, _ticketbottle_user_v1_ConfirmPasswordResetResponse>;
  
  CreateSession: grpc.handleUnaryCall<_ticketbottle_user_v1_CreateSessionRequest__Output, _ticketbottle_user_v1_CreateSessionResponse>;
  
  CreateUser: grpc.handleUnaryCall<_ticketbottle_user_v1_CreateUserRequest__Output, _ticketbottle_user_v1_CreateUserResponse>;
  
  GetUser: grpc.handleUnaryCall<_ticketbottle_user_v1_GetUserRequest__Output, _ticketbottle_user_v1_GetUserResponse>;
  
  ListSessions: grpc.handleUnaryCall<_ticketbottle_user_v1_ListSessionsRequest__Output, _ticketbottle_user_v1_ListSessionsResponse>;
  
  RequestPasswordReset: grpc.handleUnaryCall<_ticketbottle_user_v1_RequestPasswordResetRequest__Output, _ticketbottle_user_v1_RequestPasswordResetResponse>;
  
  RevokeAllSessions: grpc.handleUnaryCall<_ticketbottle_user_v1_RevokeAllSessionsRequest__Output, _ticketbottle_user_v1_RevokeAllSessionsResponse>;
  
  RevokeSession: grpc.handleUnaryCall<_ticketbottle_user_v1_RevokeSessionRequest__Output, _ticketbottle_user_v1_RevokeSessionResponse>;
  
  RotateSession: grpc.handleUnaryCall<_ticketbottle_user_v1_RotateSessionRequest__Output, _ticketbottle_user_v1_RotateSessionResponse>;
  
  SetRoles: grpc.handleUnaryCall<_ticketbottle_user_v1_SetRolesRequest__Output, _ticketbottle_user_v1_SetRolesResponse>;
  
  VerifyCredentials: grpc.handleUnaryCall<_ticketbottle_user_v1_VerifyCredentialsRequest__Output, _ticketbottle_user_v1_VerifyCredentialsResponse>;
  
}

export interface UserServiceDefinition extends grpc.ServiceDefinition {
  ChangePassword: MethodDefinition<_ticketbottle_user_v1_ChangePasswordRequest, _ticketbottle_user_v1_ChangePasswordResponse, _ticketbottle_user_v1_ChangePasswordRequest__Output, _ticketbottle_user_v1_ChangePasswordResponse__Output>
  ConfirmPasswordReset: MethodDefinition<_ticketbottle_user_v1_ConfirmPasswordResetRequest, _ticketbottle_user_v1_ConfirmPasswordResetResponse, _ticketbottle_user_v1_ConfirmPasswordResetRequest__Output, _ticketbottle_user_v1_ConfirmPasswordResetResponse__Output>
  CreateSession: MethodDefinition<_ticketbottle_user_v1_CreateSessionRequest, _ticketbottle_user_v1_CreateSessionResponse, _ticketbottle_user_v1_CreateSessionRequest__Output, _ticketbottle_user_v1_CreateSessionResponse__Output>
  CreateUser: MethodDefinition<_ticketbottle_user_v1_CreateUserRequest, _ticketbottle_user_v1_CreateUserResponse, _ticketbottle_user_v1_CreateUserRequest__Output, _ticketbottle_user_v1_CreateUserResponse__Output>
  GetUser: MethodDefinition<_ticketbottle_user_v1_GetUserRequest, _ticketbottle_user_v1_GetUserResponse, _ticketbottle_user_v1_GetUserRequest__Output, _ticketbottle_user_v1_GetUserResponse__Output>
  ListSessions: MethodDefinition<_ticketbottle_user_v1_ListSessionsRequest, _ticketbottle_user_v1_ListSessionsResponse, _ticketbottle_user_v1_ListSessionsRequest__Output, _ticketbottle_user_v1_ListSessionsResponse__Output>
  RequestPasswordReset: MethodDefinition<_ticketbottle_user_v1_RequestPasswordResetRequest, _ticketbottle_user_v1_RequestPasswordResetResponse, _ticketbottle_user_v1_RequestPasswordResetRequest__Output, _ticketbottle_user_v1_RequestPasswordResetResponse__Output>
  RevokeAllSessions: MethodDefinition<_ticketbottle_user_v1_RevokeAllSessionsRequest, _ticketbottle_user_v1_RevokeAllSessionsResponse, _ticketbottle_user_v1_RevokeAllSessionsRequest__Output, _ticketbottle_user_v1_RevokeAllSessionsResponse__Output>
  RevokeSession: MethodDefinition<_ticketbottle_user_v1_RevokeSessionRequest, _ticketbottle_user_v1_RevokeSessionResponse, _ticketbottle_user_v1_RevokeSessionRequest__Output, _ticketbottle_user_v1_RevokeSessionResponse__Output>
  RotateSession: MethodDefinition<_ticketbottle_user_v1_RotateSessionRequest, _ticketbottle_user_v1_RotateSessionResponse, _ticketbottle_user_v1_RotateSessionRequest__Output, _ticketbottle_user_v1_RotateSessionResponse__Output>
  SetRoles: MethodDefinition<_ticketbottle_user_v1_SetRolesRequest, _ticketbottle_user_v1_SetRolesResponse, _ticketbottle_user_v1_SetRolesRequest__Output, _ticketbottle_user_v1_SetRolesResponse__Output>
  VerifyCredentials: MethodDefinition<_ticketbottle_user_v1_VerifyCredentialsRequest, _ticketbottle_user_v1_VerifyCredentialsResponse, _ticketbottle_user_v1_VerifyCredentialsRequest__Output, _ticketbottle_user_v1_VerifyCredentialsResponse__Output>
}
