import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { API } from './rest.ts';

/** Serves the OpenAPI document, for people at `/docs` and as JSON at `/docs/openapi.json`; under the base of REST too. */
export function serveDocs(app: NestFastifyApplication): void {
  const description = new DocumentBuilder()
    .setTitle('Collarwatch')
    .setDescription('Tracks of GPS-collared wildlife and alerts when they come near a farm.')
    .setVersion('1')
    .addBearerAuth()
    .addSecurityRequirements('bearer')
    .build();
  const document = SwaggerModule.createDocument(app, description);
  for (const path of ['docs', `${API}/docs`]) {
    SwaggerModule.setup(path, app, document, {
      jsonDocumentUrl: `${path}/openapi.json`,
      raw: ['json'],
      customSiteTitle: 'Collarwatch API',
    });
  }
}
